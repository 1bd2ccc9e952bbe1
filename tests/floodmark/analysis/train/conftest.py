"""One model for all tests here: training takes seconds."""

from pathlib import Path

import pytest

from tests.floodmark.analysis.train.train_kit import history, train


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with history.csv and the model.json that was trained on it."""
    folder = tmp_path_factory.mktemp("trained")
    result = train(history(folder / "history.csv"), "--out", folder / "model.json")
    assert result.exit_code == 0, result.output
    return folder

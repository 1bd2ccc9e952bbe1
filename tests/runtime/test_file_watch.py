"""A watched file: whatever lies in it, whoever watches goes on."""

from pathlib import Path

from runtime.file_watch import FileWatch


class Fault(Exception):
    """The file cannot be used."""


def test_what_a_reader_stumbles_over_is_a_fault_of_the_file_and_ends_no_watch(tmp_path: Path) -> None:
    def parsed(_path: Path, raw: bytes) -> bytes:
        if raw == b"deep":
            raise RecursionError("too deep")
        return raw

    file = tmp_path / "file"
    file.write_bytes(b"good")
    watch = FileWatch(file, Path.read_bytes, parsed, Fault)
    file.write_bytes(b"deep")
    assert isinstance(watch.look(sure=True), Fault)
    assert "too deep" in watch.trouble
    assert watch.content == b"good"
    file.write_bytes(b"better")
    assert (watch.look(sure=True), watch.trouble) == (b"better", "")

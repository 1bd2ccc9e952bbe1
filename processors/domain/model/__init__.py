"""What a scope normally looks like, learned online: its volume, and the share of each key, by the time of day."""

from processors.domain.model.forecast import Forecast
from processors.domain.model.scope import ScopeModel
from processors.domain.model.share import ShareModel
from processors.domain.model.volume import VolumeModel

__all__ = ["Forecast", "ScopeModel", "ShareModel", "VolumeModel"]

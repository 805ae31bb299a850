"""Opens records of the Rejuvenation Inspector, and applies a run record to tensors in memory."""

from .apply import apply, apply_each
from .comparison import ComparisonRecord, open_comparison
from .errors import RecordError
from .heatmap import draw_heatmap
from .opening import open_record
from .readiness import ReadinessRecord, open_readiness
from .run import RunRecord
from .run_opening import open_run
from .sweep import SweepRecord, open_sweep
from .table import Table
from .tensors import CheckpointTensors

__version__ = "0.1.0"

__all__ = [
    "CheckpointTensors",
    "ComparisonRecord",
    "ReadinessRecord",
    "RecordError",
    "RunRecord",
    "SweepRecord",
    "Table",
    "apply",
    "apply_each",
    "draw_heatmap",
    "open_comparison",
    "open_readiness",
    "open_record",
    "open_run",
    "open_sweep",
]

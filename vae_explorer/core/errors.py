"""Errors that a user can do something about, kept apart from faults of ours.

The command line turns them into one line on stderr and exit code 2, the window into a message in place.
The text is a template with named values, so that the window can translate the template.
"""


class UserError(Exception):
    """What is wrong, where, and what to do, in plain words.

    Args:
        template: English sentence with ``{name}`` fields.
        values: what the fields stand for.
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values)


class ConfigError(UserError):
    """A model or training setting that makes no sense."""


class DataError(UserError):
    """A data file that is missing or damaged."""


class CheckpointError(UserError):
    """A model file that cannot be read or written."""


class TrainingError(UserError):
    """Training that cannot go on."""


_DIVERGED = (
    "Training diverged in epoch {epoch}: the loss is no longer a finite number. "
    "The model of the epoch before is kept. Try a smaller learning rate, or limit the gradient's length."
)
_DIVERGED_AT_ONCE = (
    "Training diverged in epoch {epoch}: the loss is no longer a finite number. "
    "No epoch was finished, so there is no model to keep. "
    "Try a smaller learning rate, or limit the gradient's length."
)


class DivergedError(TrainingError):
    """The loss is no longer a finite number. The last whole epoch is still good, if there is one."""

    def __init__(self, epoch: int) -> None:
        super().__init__(_DIVERGED if epoch > 1 else _DIVERGED_AT_ONCE, epoch=epoch)


class OutOfMemoryError(TrainingError):
    """Memory ran out on a device.

    Attributes:
        device: its name.
    """

    def __init__(self, device: str) -> None:
        super().__init__(
            "Memory ran out on {device}. Try smaller hidden widths or a smaller batch.", device=device.upper()
        )
        self.device = device

"""The fields of the training form: for each what it is called, what it takes, and what it does in plain words.

A table of texts and limits, apart from the form that arranges and checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit

from vae_explorer.core.config import ACTIVATION_NAMES, MAX_LATENT
from vae_explorer.core.training_config import MAX_BETA, MAX_EPOCHS, MAX_FREE_BITS, MAX_VALIDATION
from vae_explorer.ui.widgets.form_row import Choice
from vae_explorer.ui.widgets.number_field import NumberField, doubling, steps_of, tenths

Field = QLineEdit | NumberField | Choice

#: Where the arrow steps of the batch size end; larger ones can be typed.
_BATCH_STEPS = 65_536
_SEED_STEPS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field.

    Attributes:
        name: the attribute of `TrainingForm`.
        group: one of `GROUPS`.
        label: what it is called, translated.
        make: builds the widget.
        tip: what it does and what is usual, translated.
    """

    name: str
    group: str
    label: str
    make: Callable[[], Field]
    tip: str


def _tr(text: str) -> str:
    return QCoreApplication.translate("training form", text)


def group_titles() -> dict[str, str]:
    """The headings of the groups."""
    return {"model": _tr("Model"), "objective": _tr("Objective"), "optimiser": _tr("Optimiser")}


def field_specs() -> list[FieldSpec]:
    """All fields, from top to bottom."""
    return [*_model_fields(), *_objective_fields(), *_optimiser_fields()]


def _model_fields() -> list[FieldSpec]:
    return [
        FieldSpec(
            "hidden",
            "model",
            _tr("Hidden widths"),
            QLineEdit,
            _tr(
                "Widths of the encoder's hidden layers, such as 512, 256. The decoder mirrors them. "
                "Usual: one layer of 400. Empty for a linear model."
            ),
        ),
        FieldSpec(
            "latent",
            "model",
            _tr("Latent size"),
            lambda: NumberField(1, MAX_LATENT, steps_of(1), whole=True, widest=4096),
            _tr(
                "Number of latent dimensions. The map shows two as they are, and of more the plane of the first two "
                "principal components. Usual: 2 to look at, 20 for sharp images."
            ),
        ),
        FieldSpec(
            "activation",
            "model",
            _tr("Activation"),
            lambda: Choice(ACTIVATION_NAMES),
            _tr(
                "What bends the output of each hidden layer; without it the model would be linear. ReLU cuts off what "
                "is below 0, SiLU and GELU do so softly, tanh squeezes everything between −1 and 1. With the soft ones "
                "the images change more smoothly across the map. Usual: ReLU."
            ),
        ),
    ]


def _objective_fields() -> list[FieldSpec]:
    off = _tr("off")
    return [
        FieldSpec(
            "beta",
            "objective",
            _tr("β (KL weight)"),
            lambda: NumberField(0, MAX_BETA, tenths(0.01), widest=0.0001),
            _tr(
                "How much the KL term counts beside the reconstruction. 1 is the ELBO. Above 1 the latent space gets "
                "tidier and the images blurrier; below 1 the other way round. It can be changed while training runs."
            ),
        ),
        FieldSpec(
            "annealing",
            "objective",
            _tr("KL annealing"),
            lambda: Choice({"none": _tr("none"), "linear": _tr("linear ramp"), "cyclical": _tr("in cycles")}),
            _tr(
                "How the weight of the KL term comes up to β: at once, in one ramp from 0, or in cycles that each ramp "
                "up for their first half. A slow start helps against a posterior that collapses. Usual: none."
            ),
        ),
        FieldSpec(
            "annealing_epochs",
            "objective",
            _tr("Ramp length"),
            lambda: NumberField(
                1, MAX_EPOCHS, steps_of(1), whole=True, unit=(_tr("epoch"), _tr("epochs")), widest=1000
            ),
            _tr("Epochs until the weight of the KL term has come up to β. Usual: a third of the training."),
        ),
        FieldSpec(
            "annealing_cycles",
            "objective",
            _tr("Cycles"),
            lambda: NumberField(1, MAX_EPOCHS, steps_of(1), whole=True, widest=1000),
            _tr("How many times in the whole training the weight of the KL term comes up from 0. Usual: 4."),
        ),
        FieldSpec(
            "free_bits",
            "objective",
            _tr("Free bits"),
            lambda: NumberField(
                0,
                MAX_FREE_BITS,
                tenths(0.05),
                off=off,
                unit=(_tr("nat a dimension"), _tr("nats a dimension")),
                widest=0.25,
            ),
            _tr(
                "Nats of KL that each latent dimension has for nothing: below that, the KL is not pushed down. "
                "It keeps dimensions in use. Usual: off, or 0.1 to 0.5."
            ),
        ),
    ]


def _optimiser_fields() -> list[FieldSpec]:
    return [*_length_fields(), *_step_fields(), *_other_fields()]


def _length_fields() -> list[FieldSpec]:
    return [
        FieldSpec(
            "epochs",
            "optimiser",
            _tr("Epochs"),
            lambda: NumberField(1, MAX_EPOCHS, steps_of(1), whole=True, widest=MAX_EPOCHS),
            _tr("How many times the training sees every training image. Usual: 10 to 100."),
        ),
        FieldSpec(
            "batch_size",
            "optimiser",
            _tr("Batch size"),
            lambda: NumberField(
                1, _BATCH_STEPS, doubling, whole=True, unit=(_tr("image"), _tr("images")), widest=65_536
            ),
            _tr(
                "Images a step. Larger batches make quicker epochs and fewer, smoother steps. Usual: 64 to 512."
            ),
        ),
    ]


def _step_fields() -> list[FieldSpec]:
    return [
        FieldSpec(
            "learning_rate",
            "optimiser",
            _tr("Learning rate"),
            lambda: NumberField(1e-7, 1, tenths(), widest=0.00025),
            _tr(
                "Step size of the Adam optimiser. Too large, and the loss jumps or diverges; too small, and it creeps. "
                "Usual: 0.001. It can be changed while training runs."
            ),
        ),
        FieldSpec(
            "schedule",
            "optimiser",
            _tr("Schedule"),
            lambda: Choice({"constant": _tr("constant"), "cosine": _tr("falls to 0 (cosine)")}),
            _tr(
                "Whether the learning rate stays, or falls to 0 along half a cosine until the last epoch. "
                "Falling often gains the last nat. Usual: constant."
            ),
        ),
        FieldSpec(
            "max_norm",
            "optimiser",
            _tr("Clip gradient"),
            lambda: NumberField(0, 1e9, tenths(0.1), off=_tr("off"), before=_tr("at norm"), widest=1000),
            _tr(
                "Longest gradient, as L2 norm over all parameters; longer ones are scaled down to it. "
                "It keeps a large learning rate from diverging. Usual: off."
            ),
        ),
    ]


def _other_fields() -> list[FieldSpec]:
    off = _tr("off")
    return [
        FieldSpec(
            "patience",
            "optimiser",
            _tr("Stop early"),
            lambda: NumberField(
                0,
                MAX_EPOCHS,
                steps_of(1),
                whole=True,
                off=off,
                before=_tr("after"),
                unit=(_tr("epoch"), _tr("epochs")),
                widest=1000,
            ),
            _tr(
                "End the training once so many epochs have brought no better test ELBO, or validation ELBO where "
                "images are held out. Usual: off, or 5 to 20."
            ),
        ),
        FieldSpec(
            "validation",
            "optimiser",
            _tr("Validation share"),
            lambda: NumberField(0, MAX_VALIDATION, steps_of(0.05), off=off, unit=("%", "%"), scale=100),
            _tr(
                "Share of the training images that is held out and only looked at, so that the test images stay "
                "untouched by early stopping. Usual: off, or 10 %."
            ),
        ),
        FieldSpec(
            "seed",
            "optimiser",
            _tr("Seed"),
            lambda: NumberField(0, _SEED_STEPS, steps_of(1), whole=True, widest=10**8),
            _tr(
                "Where the random numbers begin. The same seed on the same device trains the same model. Usual: any."
            ),
        ),
        FieldSpec(
            "device",
            "optimiser",
            _tr("Device"),
            lambda: Choice(
                {
                    "auto": _tr("automatic"),
                    "cuda": _tr("CUDA"),
                    "mps": _tr("MPS (Apple)"),
                    "cpu": _tr("CPU"),
                }
            ),
            _tr("Where to train. Automatic takes a graphics processor if there is one, else the CPU."),
        ),
    ]

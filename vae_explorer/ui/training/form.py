"""The form of the training dock: three groups of fields that say at once what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from vae_explorer.core.config import ACTIVATION_NAMES, VAEConfig, parse_hidden
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import GROUPS, TrainingForm, field_problem, form_problems
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.training.fields import Field, FieldSpec, field_specs, group_titles
from vae_explorer.ui.widgets.form_row import Choice, FieldRow, GroupHeading
from vae_explorer.ui.widgets.gestures import Gesture, UndoOfWindow
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.ui.widgets.number_field import NumberField, plain
from vae_explorer.ui.widgets.problem_card import ProblemCard

Kind = TypeVar("Kind", QLineEdit, NumberField, Choice)

#: What can be changed while a training runs.
STEERED = ("beta", "learning_rate")
#: Numbers that only count with one kind of annealing.
_ANNEALING_NUMBERS = {"annealing_epochs": "linear", "annealing_cycles": "cyclical"}
#: Training images of MNIST.
_IMAGES = 60_000


class TrainingFields(QWidget):
    """All fields of a `TrainingForm`, in groups that can be folded.

    Attributes:
        headings: by the name of the group.
        rows: by the name of the field.
        problems: what is wrong, in plain words, by the name of the field at which it is said.
        card: says one of them: that of the field in which the user is, else the first.

    Signals:
        committed: the user is done with one of the `STEERED` fields; carries its name.
        edited: the user changed a field while no training runs; carries its name, what stood there before and what
            stands there now, and the number of the gesture, see `Gesture`.
        submitted: Enter in the hidden widths.
    """

    committed = Signal(str)
    edited = Signal(str, object, object, int)
    submitted = Signal()

    def __init__(self, form: TrainingForm, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image_count = _IMAGES
        self._running = False
        self._filling = False
        self._good = TrainingForm()
        self.problems: dict[str, str] = {}
        self.headings: dict[str, GroupHeading] = {}
        self.rows: dict[str, FieldRow] = {}
        self._fields: dict[str, Field] = {}
        self._group_rows: dict[str, list[FieldRow]] = {}
        self._gestures: dict[str, Gesture] = {}
        self._undo_keys = UndoOfWindow(self)
        #: What stood in the fields when they were last looked at.
        self._seen: dict[str, Any] = {}
        self._build()
        self.card = ProblemCard(theme.colors, self)
        for field in self._fields.values():
            field.installEventFilter(self)
        self.show_form(form)
        theme.changed.connect(self._on_theme_changed)

    # What stands in the fields

    def field(self, name: str) -> Field:
        """The widget of an attribute of `TrainingForm`."""
        return self._fields[name]

    def text(self, name: str) -> QLineEdit:
        """The same, where it takes text."""
        return _as(QLineEdit, self._fields[name])

    def number(self, name: str) -> NumberField:
        """The same, where it takes a number."""
        return _as(NumberField, self._fields[name])

    def choice(self, name: str) -> Choice:
        """The same, where there are a few values to choose from."""
        return _as(Choice, self._fields[name])

    def show_form(self, form: TrainingForm) -> None:
        """Fill in the fields and fold the groups."""
        self._fill_in({name: getattr(form, name) for name in self._fields})
        for name, heading in self.headings.items():
            heading.set_folded(name in form.folded)
        self._check()

    def entries(self) -> dict[str, Any]:
        """What stands in the fields, sense or nonsense, by their names."""
        return {name: _entry(field) for name, field in self._fields.items()}

    def put(self, entries: Mapping[str, Any]) -> None:
        """Let this stand in the fields again."""
        # What stands there already may be half typed.
        self._fill_in({name: entry for name, entry in entries.items() if _entry(self._fields[name]) != entry})
        self._check()

    def form(self) -> TrainingForm:
        """The fields as they are; where one makes no sense, as it was when it last did."""
        folded = [name for name in GROUPS if self.headings[name].is_folded]
        return replace(self._good, folded=folded)

    def configs(self) -> tuple[VAEConfig, TrainingConfig]:
        """What the fields ask for.

        Raises:
            ConfigError: they make no sense; see `problems`.
        """
        return TrainingForm(**self._applying()).configs()

    def set_image_count(self, count: int) -> None:
        """Say how many training images there are."""
        self._image_count = count
        self._check()

    # How it looks

    def set_running(self, running: bool) -> None:
        """While a training runs, only what can be changed at once is enabled, and marked."""
        self._running = running
        for name, field in self._fields.items():
            field.setEnabled(not running or name in STEERED)
        self._check()

    def focus_problem(self) -> bool:
        """Go to the first field with a problem, and say whether there is one."""
        for name in self._fields:
            if name in self.problems:
                self._fields[name].setFocus()
                return True
        return False

    # Inside

    def _build(self) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(GRID, 0, GRID, GRID)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        specs = field_specs()
        for name, title in group_titles().items():
            self._add_heading(grid, name, title)
            for spec in specs:
                if spec.group == name:
                    self._add_row(grid, spec)
        grid.setRowStretch(grid.rowCount(), 1)
        # Always, also while the widest row is folded away: the dock's width is settled once.
        for column, widths in enumerate(zip(*(row.widths for row in self.rows.values()), strict=True)):
            grid.setColumnMinimumWidth(column, max(widths))

    def _add_heading(self, grid: QGridLayout, name: str, title: str) -> None:
        heading = GroupHeading(title, self._theme.colors)
        heading.folded.connect(lambda folded: self._on_folded(name, folded))
        self.headings[name] = heading
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)

    def _add_row(self, grid: QGridLayout, spec: FieldSpec) -> None:
        field = spec.make()
        self._fields[spec.name] = field
        self.rows[spec.name] = FieldRow(grid, spec.label, field, spec.tip, self._theme.colors)
        self._group_rows.setdefault(spec.group, []).append(self.rows[spec.name])
        # Each choice is a deed; the keys in a field of text are one together, until it is done.
        self._gestures[spec.name] = Gesture(field if isinstance(field, Choice) else None, self)
        match field:
            case NumberField():
                field.setFont(tabular(self.font()))
                field.edited.connect(lambda: self._on_changed(spec.name))
                field.committed.connect(self._gestures[spec.name].end)
                self._undo_keys.leave(field)
                if spec.name in STEERED:
                    field.committed.connect(lambda: self.committed.emit(spec.name))
            case QLineEdit():
                field.setPlaceholderText(self.tr("none (linear)"))
                field.textChanged.connect(lambda: self._on_changed(spec.name))
                field.editingFinished.connect(self._gestures[spec.name].end)
                field.returnPressed.connect(self.submitted)
                self._undo_keys.leave(field)
            case Choice():
                field.currentIndexChanged.connect(lambda: self._on_changed(spec.name))

    def _on_changed(self, name: str) -> None:
        if self._filling:
            return
        self._check()
        before, after = self._seen[name], _entry(self._fields[name])
        self._seen[name] = after
        # What is changed while a training runs is part of that run's history.
        if after != before and not self._running:
            self.edited.emit(name, before, after, self._gestures[name].number)

    def _fill_in(self, entries: Mapping[str, Any]) -> None:
        self._filling = True
        for name, entry in entries.items():
            _fill(self._fields[name], entry)
        self._filling = False
        self._seen = self.entries()

    def _applying(self) -> dict[str, Any]:
        entries = self.entries()
        # What is not to be seen cannot be wrong.
        for name, annealing in _ANNEALING_NUMBERS.items():
            if entries["annealing"] != annealing and field_problem(name, entries[name]) is not None:
                entries[name] = getattr(self._good, name)
        return entries

    def _check(self) -> None:
        """Look at all fields, and say at each what is wrong with it."""
        entries = self._applying()
        sound = {name: value for name, value in entries.items() if field_problem(name, value) is None}
        self._good = replace(self._good, **sound)
        problems = form_problems(entries, self._image_count)
        if self._running:
            # The settings were fine when the training began, and only two of them can be others now.
            problems = {name: problem for name, problem in problems.items() if name not in sound}
        self.problems = {name: translated(problem) for name, problem in problems.items()}
        for name, row in self.rows.items():
            row.set_problem(self.problems.get(name, ""))
        self._show_what_applies()
        self._unfold_problems()
        self._say_problem()

    def _say_problem(self) -> None:
        wrong = [row for row in self.rows.values() if row.problem]
        row = next((row for row in wrong if row.field.hasFocus()), wrong[0] if wrong else None)
        self.card.say(row.problem if row is not None else "")
        if row is not None:
            self._place_card(row)

    def _place_card(self, row: FieldRow) -> None:
        self._grid.activate()
        scroll = self.parentWidget()
        seen = self.rect() if scroll is None else QRect(-self.pos(), scroll.size())
        focus = next((each.place for each in self.rows.values() if each.field.hasFocus()), QRect())
        self.card.place(row.place, seen.adjusted(GRID, 0, -GRID, 0), focus)

    def _show_what_applies(self) -> None:
        good = self._good
        for name, annealing in _ANNEALING_NUMBERS.items():
            self.rows[name].set_shown(good.annealing == annealing)
        for name in STEERED:
            self.rows[name].set_note(self.tr("changes at once") if self._running else "")
        self.rows["patience"].set_note(self._patience_note() if good.patience else "")
        self.headings["model"].set_summary(_model_summary(good))
        self.headings["objective"].set_summary(f"β {plain(good.beta)}")
        epochs = self.tr("1 epoch") if good.epochs == 1 else self.tr("{n} epochs").format(n=good.epochs)
        self.headings["optimiser"].set_summary(epochs)

    def _patience_note(self) -> str:
        if self._good.validation:
            return self.tr("without a better validation ELBO")
        return self.tr("without a better test ELBO")

    def _unfold_problems(self) -> None:
        for group, rows in self._group_rows.items():
            if any(row.problem for row in rows):
                self.headings[group].set_folded(False)

    def _on_folded(self, group: str, folded: bool) -> None:
        for row in self._group_rows[group]:
            row.set_folded(folded)

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The card says what is wrong where the user is, and never covers it.
        if event.type() == QEvent.Type.FocusIn:
            self._say_problem()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Move, QEvent.Type.Resize):
            self._say_problem()
        return done

    def _on_theme_changed(self) -> None:
        self.card.paint(self._theme.colors)
        for heading in self.headings.values():
            heading.paint(self._theme.colors)
        for row in self.rows.values():
            row.paint(self._theme.colors)


def _model_summary(form: TrainingForm) -> str:
    hidden = parse_hidden(form.hidden)
    widths = "-".join(map(str, (*hidden, form.latent)))
    usual = form.activation == TrainingForm().activation or not hidden
    return widths if usual else f"{widths} {ACTIVATION_NAMES[form.activation]}"


def _fill(field: Field, value: Any) -> None:
    match field:
        case NumberField() if isinstance(value, str):
            field.lineEdit().setText(value)
        case NumberField():
            field.setValue(value)
        case QLineEdit():
            field.setText(value)
        case Choice():
            field.choose(value)


def _entry(field: Field) -> Any:
    return field.text() if isinstance(field, QLineEdit) else field.entry()


def _as(kind: type[Kind], field: Field) -> Kind:
    if not isinstance(field, kind):
        raise TypeError(f"{field} is no {kind.__name__}")
    return field

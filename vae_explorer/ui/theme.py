"""Colours and fonts of the light and the dark theme: a calm instrument with one accent and the ten class colours."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from vae_explorer.state.settings import Theme

#: Spacing grid, in pixels.
GRID = 8

#: Petroff's ten-colour cycle, made for ten categories and for colour-blind readers.
CLASS_COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)


@dataclass(frozen=True, slots=True)
class Colors:
    """One theme's colours, as ``#rrggbb``."""

    window: str
    panel: str
    canvas: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    grid: str
    grid_line: str
    warning: str
    warning_panel: str
    info_panel: str


LIGHT = Colors(
    window="#f3f4f6",
    panel="#ffffff",
    canvas="#ffffff",
    text="#1c2026",
    muted="#5d6673",
    border="#d5d9df",
    accent="#3b5bdb",
    on_accent="#ffffff",
    grid="#8a93a0",
    grid_line="#eceef1",
    warning="#9a5b00",
    warning_panel="#fff4e0",
    info_panel="#e9eefc",
)
DARK = Colors(
    window="#1d2025",
    panel="#262a31",
    canvas="#15171b",
    text="#e7e9ec",
    muted="#a0a8b3",
    border="#3a404a",
    accent="#7c96ff",
    on_accent="#11131a",
    grid="#8a93a0",
    grid_line="#282c33",
    warning="#ffc561",
    warning_panel="#3a2f1b",
    info_panel="#252d47",
)


class ThemeSwitch(QObject):
    """Applies a theme to the whole application and follows the system where asked to.

    Signals:
        changed: the colours are others now; widgets that paint on their own repaint with `colors`.
    """

    changed = Signal()

    def __init__(self, application: QApplication, theme: Theme = "system") -> None:
        super().__init__(application)
        self._application = application
        self.theme: Theme = theme
        self.colors = LIGHT
        application.setStyle("Fusion")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self.set_theme(theme)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are shown."""
        return self.colors is DARK

    def set_theme(self, theme: Theme) -> None:
        """Show `theme` from now on."""
        self.theme = theme
        dark = theme == "dark" or (theme == "system" and _system_is_dark())
        self.colors = DARK if dark else LIGHT
        self._application.setPalette(_palette(self.colors))
        self._application.setStyleSheet(_style_sheet(self.colors) + _large_icons())
        pg.setConfigOptions(foreground=self.colors.muted, background=self.colors.canvas)
        self.changed.emit()

    def _on_system_changed(self) -> None:
        if self.theme == "system":
            self.set_theme("system")


def tabular(font: QFont) -> QFont:
    """A copy of `font` whose figures all have the same width, so that changing numbers do not dance."""
    figures = QFont(font)
    if hasattr(QFont, "Tag"):
        figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


def small_font(font: QFont) -> QFont:
    """The smaller of the application's two sizes."""
    small = QFont(font)
    small.setPointSizeF(max(7.0, QFontInfo(font).pointSizeF() * 0.9))
    return small


def icon_side() -> int:
    """Side of the icon on a button in pixels: 16, or as high as large letters are."""
    return max(2 * GRID, QFontMetrics(QApplication.font()).height())


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _palette(colors: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, color in {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.panel,
        role.AlternateBase: colors.window,
        role.Text: colors.text,
        role.PlaceholderText: colors.muted,
        role.Button: colors.panel,
        role.ButtonText: colors.text,
        role.ToolTipBase: colors.panel,
        role.ToolTipText: colors.text,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.on_accent,
        role.Accent: colors.accent,
        role.Link: colors.accent,
        role.Mid: colors.border,
        role.Light: colors.panel,
        role.Midlight: colors.border,
        role.Dark: colors.border,
        role.Shadow: colors.border,
    }.items():
        palette.setColor(target, QColor(color))
    for target in (role.Text, role.WindowText, role.ButtonText):
        faded = QColor(colors.muted)
        faded.setAlphaF(0.6)
        palette.setColor(QPalette.ColorGroup.Disabled, target, faded)
    return palette


def _style_sheet(colors: Colors) -> str:
    return f"""
    QToolTip {{ color: {colors.text}; background: {colors.panel}; border: 1px solid {colors.border}; padding: 4px; }}
    QDockWidget::title {{ padding: 6px 8px; background: {colors.window}; }}
    QMainWindow::separator {{ background: {colors.window}; width: 6px; height: 6px; }}
    QMainWindow::separator:hover {{ background: {colors.accent}; }}
    QToolBar {{ border: none; border-bottom: 1px solid {colors.border}; spacing: 4px; padding: 4px 8px; }}
    QStatusBar {{ border-top: 1px solid {colors.border}; }}
    QStatusBar::item {{ border: none; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QLabel[muted="true"] {{ color: {colors.muted}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QPushButton[primary="true"]:enabled {{
        background: {colors.accent}; color: {colors.on_accent}; border: none; border-radius: 4px;
        padding: 6px 16px; font-weight: 600; }}
    QPushButton[primary="true"]:focus {{ border: 2px solid {colors.text}; padding: 4px 14px; }}
    QFrame[panel="true"] {{ background: {colors.panel}; border: 1px solid {colors.border}; border-radius: 6px; }}
    QFrame[notice="info"] {{ background: {colors.info_panel}; border-radius: 6px; }}
    QFrame[notice="warning"] {{ background: {colors.warning_panel}; border-radius: 6px; }}
    """


def _large_icons() -> str:
    """With large letters, icons and boxes to tick grow too; nothing for the usual ones."""
    side = icon_side()
    if side <= 2 * GRID + 2:
        return ""
    return f"""
    QAbstractButton {{ icon-size: {side}px; }}
    QDockWidget::close-button, QDockWidget::float-button {{ icon-size: {side}px; }}
    QCheckBox::indicator, QRadioButton::indicator {{ width: {side * 3 // 4}px; height: {side * 3 // 4}px; }}
    """

"""Whether something on the screen may move: where it can be seen, and the system does not ask for less motion."""

from __future__ import annotations

from PySide6.QtWidgets import QStyle, QWidget


def may_move(widget: QWidget) -> bool:
    """Whether what `widget` shows may glide rather than jump."""
    return is_seen(widget) and motion_wanted(widget)


def motion_wanted(widget: QWidget) -> bool:
    """Whether the system, through the widget's style, wants changes to be animated."""
    style: QStyle = widget.style()
    hints = (QStyle.StyleHint.SH_Widget_Animate, QStyle.StyleHint.SH_Widget_Animation_Duration)
    return all(style.styleHint(hint, None, widget) > 0 for hint in hints)


def is_seen(widget: QWidget) -> bool:
    """Whether `widget` is on the screen: neither hidden nor in a minimised window."""
    return widget.isVisible() and not widget.window().isMinimized()

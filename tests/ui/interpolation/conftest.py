from tests.ui.interpolation.anchor_desk import anchor_desk, some_digits
from tests.ui.interpolation.desk import desk
from tests.ui.panels import large_font, switch

__all__ = ["anchor_desk", "desk", "large_font", "some_digits", "switch"]

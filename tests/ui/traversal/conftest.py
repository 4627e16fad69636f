from tests.ui.panels import switch

__all__ = ["switch"]

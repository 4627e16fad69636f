"""The dock of the selected digit: its posterior, what comes out of the model again, and what that costs."""

"""What the user sees: windows, docks, panels, theme. Qt and pyqtgraph; no PyTorch."""

"""What lies behind the points of the map: its picture, its bar, and what keeps them up to date."""

"""The timeline under the map: back and forth through the snapshots of a run."""

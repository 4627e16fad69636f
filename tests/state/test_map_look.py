from vae_explorer.state.map_look import MapLook


def test_listeners_are_told_of_changes_only() -> None:
    look, told = MapLook(), []
    look.layer_changed.connect(lambda: told.append(("layer", look.layer, look.layer_opacity)))
    look.points_changed.connect(lambda: told.append(("points", look.color_by, look.point_size)))
    look.set_layer("none")
    look.set_color_by("label")
    look.set_points(look.point_size, look.point_opacity)
    assert told == []
    look.set_layer("tiles")
    look.set_layer_opacity(0.5)
    look.set_color_by("kl")
    look.set_points(3, 1)
    assert told == [
        ("layer", "tiles", 0.8),
        ("layer", "tiles", 0.5),
        ("points", "kl", 5.0),
        ("points", "kl", 3),
    ]

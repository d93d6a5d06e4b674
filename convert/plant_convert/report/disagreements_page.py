"""The pictures on which a model and its float32 run disagree, as one self-contained page."""

from plant_convert.report.disagreement import MOST_SHOWN, PHOTO_SIDE, shown, who_is_right
from plant_convert.verify import Verification
from plant_device.contract.geometry import Geometry, Picture, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.report.environment import page_environment

_TEMPLATE = "disagreements.html.j2"


def disagreements_page(verification: Verification, file: str, run: str) -> str:
    """The page: the first `MOST_SHOWN` disagreements, and how many there are.

    Args:
        verification: with a run.
        file, run: what the page calls the two.
    """
    found = verification.disagreements
    return (
        page_environment(["plant_convert"])
        .get_template(_TEMPLATE)
        .render(
            file=file,
            run=run,
            verified=verification.verified,
            count=len(found),
            right=who_is_right(found),
            shown=[
                shown(one, _square(verification, one.picture), verification.paths[one.picture])
                for one in found[:MOST_SHOWN]
            ],
        )
    )


def _square(verification: Verification, picture: int) -> Picture:
    # What the models saw, but for the border that their crop takes off.
    whole = read_picture(verification.paths[picture], PHOTO_SIDE)
    return leaf_picture(whole, Geometry(PHOTO_SIDE, PHOTO_SIDE))

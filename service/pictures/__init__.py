"""Pictures of a site and of its work: self-contained SVG from plain columns."""

from .floor_plan import floor_plan
from .gantt import Gantt, zone_gantt
from .heat import Heat, travel_heat
from .page import page
from .tour_layer import TourLayer

__all__ = ["Gantt", "Heat", "TourLayer", "floor_plan", "page", "travel_heat", "zone_gantt"]

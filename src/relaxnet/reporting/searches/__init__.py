"""The page of a hyper-parameter search: what was tried, what came out, what it teaches."""

from .facts import Objective as Objective
from .facts import SearchFacts as SearchFacts
from .facts import value_text as value_text
from .page import write_page as write_page

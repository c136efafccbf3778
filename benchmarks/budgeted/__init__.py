"""What benchmarks of equal optimiser steps within a budget share: a plan that is kept, a journal, a page."""

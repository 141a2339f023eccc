"""PDFs in the brand's dress: the monthly note, the flyer, a carousel as a document. Importing this is cheap.

The setter is Typst, which comes with pip alone, tags what it sets and gives the same bytes each time. Texts reach it as
JSON and are never markup.
"""

from pipeline.pdf.flyer import FLYER, flyer
from pipeline.pdf.note import note
from pipeline.pdf.setting import Pdf
from pipeline.pdf.slides import Slide, slides

__all__ = ["FLYER", "Pdf", "Slide", "flyer", "note", "slides"]

"""PDFs in the brand's dress: the monthly note, the flyer, a carousel as a document.

The setter is Typst, which comes with pip alone, tags what it sets and gives the same bytes each time. Texts reach it as
JSON and are never markup.
"""

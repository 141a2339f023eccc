"""Texts are read for what could give somebody away: each finding is a question that a named person answers."""

from pipeline.protection.textscan.answering import answer
from pipeline.protection.textscan.checking import Question, detail_until, names, of_post, problems
from pipeline.protection.textscan.patterns import FINER, Finding, Kind, scan

__all__ = ["FINER", "Finding", "Kind", "Question", "answer", "detail_until", "names", "of_post", "problems", "scan"]

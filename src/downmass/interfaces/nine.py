"""The nine questions in words; loaded by ``--help``, so it imports nothing."""

QUESTION_TEXT: dict[str, str] = {
    "when": "When does it fly, and when is the product back?",
    "slip": "What happens if the return slips?",
    "quality": "How is quality verified, and what still blocks release?",
    "custody": "Who had it, when, in what condition, and who signed?",
    "track": "Where is the batch now, what ran on it, what data is missing?",
    "failures": "Where are the failure points, ranked, and what guards them?",
    "pays": "Who pays when something goes wrong?",
    "worth": "Does it pay at all, and what would have to be true?",
    "where": "What should be made where, and does microgravity help at all?",
}

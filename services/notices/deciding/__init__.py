"""What each command and each day of the calendar does to a case, or why it is refused: one module for each subject.
The store imports `commands` and `clockwork`; the story imports what was decided.
Pure: it never loads, saves or sends; the same file, facts and moment give the same outcome.
"""

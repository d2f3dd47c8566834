"""The small pages behind links: what is so, and what one can do.
Only the app imports from here.
Looking at a page never changes anything: pressing a button does.
"""

"""The small pages behind links: how things stand, and what people can do.
Only the app imports from here.
Looking at a page never changes anything: pressing a button does.
"""

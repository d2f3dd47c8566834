"""What a message says: templates and their translations filled with facts, as email, text and letter.
Whatever shows or sends a message imports from here.
It reads the templates' files; it never knows to whom a message goes or whether it went.
"""

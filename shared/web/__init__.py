"""What every page of a service stands on: its look, its door, its forms, its errors, and the list that it stands in.
Services' `web/` rooms import from here, and what runs a service.
It knows no service, decides nothing, and keeps nothing of anybody.
"""

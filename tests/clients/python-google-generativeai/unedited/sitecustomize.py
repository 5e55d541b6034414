import functools
import os
import google.generativeai as genai

configure = genai.configure

@functools.wraps(configure)
def configure_for_tunemock(**settings):
    settings.pop("credentials", None)
    settings.update(transport="rest", client_options={"api_endpoint": os.environ["TUNEMOCK_URL"]})
    configure(**{"api_key": "any", **settings})

genai.configure = configure_for_tunemock
genai.configure()

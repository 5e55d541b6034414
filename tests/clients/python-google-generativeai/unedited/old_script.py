"""As tutorials of 2024 have it: nothing here knows of another server."""
import google.generativeai as genai
from google.oauth2 import credentials

# Until October 2024 tuning needed OAuth; later scripts have keys.
genai.configure(credentials=credentials.Credentials("a token of its own"))
genai.configure(api_key="a key of its own", transport="grpc")
operation = genai.create_tuned_model(
    source_model="models/gemini-1.5-flash-001-tuning", id="unedited", epoch_count=1, batch_size=4,
    training_data=[{"text_input": "1", "output": "2"}, {"text_input": "seven", "output": "eight"}])
print(genai.GenerativeModel(operation.result().name).generate_content("ninety nine").text)

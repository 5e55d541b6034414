// The code under test: it knows nothing of tunemock.
import {GoogleGenAI} from '@google/genai';

export async function weather(place) {
  const answer = await new GoogleGenAI({}).models.generateContent({
    model: 'gemini-2.5-flash', contents: `How is the weather in ${place}?`});
  return answer.text;
}

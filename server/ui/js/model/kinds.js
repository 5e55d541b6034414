/*
 * What is tuned, by either service: tuned models of the Gemini API, tuning jobs of Vertex AI. The
 * page calls them "tunedModels/x" and "tuningJobs/123", the latter without project and location.
 */

const TRAINING = new Set(["CREATING", "QUEUED", "PENDING", "RUNNING"]);
const JOB_ID = /^\d{19}$/;

export function keyOf(name) {
  return name.replace(/^projects\/.*\/(?=tuningJobs\/)/, "");
}

export function idOf(key) {
  return key.replace(/^[^/]*\//, "");
}

/* The ID of a tuned model begins with a letter. */
export function keyOfId(id) {
  return `${JOB_ID.test(id) ? "tuningJobs" : "tunedModels"}/${id}`;
}

export function isJob(key) {
  return key.startsWith("tuningJobs/");
}

/* "tunemock / us-central1": of a job the project and the location. */
export function placeOf({ fullName }) {
  const [, project, , location] = fullName.split("/");
  return `${project} / ${location}`;
}

export function isTraining({ state }) {
  return TRAINING.has(state);
}

/* "JOB_STATE_RUNNING" is RUNNING here. */
export function stateOf(state) {
  return state.replace(/^JOB_STATE_/, "");
}

/* What the control API says of one, as the page keeps it. */
export function takeView(view) {
  return { ...view, name: keyOf(view.name), fullName: view.name, state: stateOf(view.state) };
}

export function labelOf({ displayName, name }) {
  return displayName || idOf(name);
}

/* Says of which service a job is; nothing of a tuned model, which most are. */
export const JOB_MARK = "Vertex AI";

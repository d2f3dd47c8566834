// Pages are whole without this: it only makes GOV.UK Frontend's components better where they can be.
import { initAll } from "./FRONTEND";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

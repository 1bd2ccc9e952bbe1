// A dialog that is there until it is closed, and gives the focus back to where it was.
import { giveFocus } from "./focus.js";

/** Show it; `first` gets the focus. */
export function openDialog(dialog, first) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    giveFocus(before);
  });
  document.body.append(dialog);
  dialog.showModal();
  first.focus();
}

// Extras only: every page works without this file.
import { createAll, Button, ErrorSummary, PasswordInput } from './govuk-frontend.min.js'

// GOV.UK Frontend's components ask for these two classes; an inline script would break our policy.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')
createAll(Button, { preventDoubleClick: true })
createAll(ErrorSummary)
createAll(PasswordInput)

// On a phone the menu scrolls: bring the present page's entry into it.
const here = document.querySelector('.nav [aria-current]')
if (here) here.closest('.nav__list').scrollLeft = here.offsetLeft - 24

// A file field with data-drop: drop a file anywhere on its zone; the form goes as soon as there is one.
for (const zone of document.querySelectorAll('[data-drop]')) {
  const input = zone.querySelector('input[type=file]')
  const name = zone.querySelector('[data-drop-name]')
  const shown = () => {
    if (input.files.length) name.textContent = input.files[0].name
  }
  input.addEventListener('change', shown)
  for (const kind of ['dragenter', 'dragover']) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault()
      zone.classList.add('drop--over')
    })
  }
  zone.addEventListener('dragleave', (event) => {
    if (!zone.contains(event.relatedTarget)) zone.classList.remove('drop--over')
  })
  zone.addEventListener('drop', (event) => {
    event.preventDefault()
    zone.classList.remove('drop--over')
    if (!event.dataTransfer.files.length) return
    input.files = event.dataTransfer.files
    shown()
    input.form.requestSubmit()
  })
}

// The draft's preview follows the form, where there is room for it beside the form.
const preview = document.querySelector('[data-preview-button]')
if (preview && window.matchMedia('(min-width: 64em)').matches) {
  let waiting
  const renew = () => preview.form.requestSubmit(preview)
  preview.form.addEventListener('change', () => {
    clearTimeout(waiting)
    waiting = setTimeout(renew, 600)
  })
  if (preview.dataset.previewButton === 'now') renew()
}

// A box that ticks all the others, and the count of the ticked ones.
for (const all of document.querySelectorAll('[data-check-all]')) {
  const boxes = [...all.form.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)]
  const count = all.form.querySelector('[data-check-count]')
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length
    all.checked = ticked === boxes.length
    all.indeterminate = ticked > 0 && ticked < boxes.length
    if (count) count.textContent = ticked ? `(${ticked})` : ''
  }
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked
    tell()
  })
  for (const box of boxes) box.addEventListener('change', tell)
  tell()
}

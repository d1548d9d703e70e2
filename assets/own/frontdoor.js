// Wakes the NHS.UK components, also in parts of a page that htmx has put in. Without this file every page still works.
const { initAll } = await import(document.querySelector('meta[name="nhsuk-frontend"]').content)

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()
document.body.addEventListener('htmx:load', (event) => {
  if (event.detail.elt !== document.body) initAll({ scope: event.detail.elt })
})

// Time left on a held place: counts down on the page, the server decides. 
for (const left of document.querySelectorAll('[data-ends]')) {
  const ends = Date.parse(left.dataset.ends)
  const offset = Date.parse(left.dataset.now) - Date.now()
  // Said aloud three times, not every minute: nobody is hurried.
  const aloud = document.querySelector('[data-ends-soon]')
  let said = null
  const say = (minutes) => {
    const soon = { 5: '5 minutes left to book this time.', 1: '1 minute left to book this time.', 0: 'The time to book is over.' }[minutes]
    if (aloud && soon && said !== minutes) aloud.textContent = soon
    said = minutes
  }
  const show = () => {
    const seconds = Math.max(0, Math.round((ends - Date.now() - offset) / 1000))
    const minutes = Math.ceil(seconds / 60)
    const words = seconds <= 0 ? 'no time' : minutes === 1 ? '1 minute' : `${minutes} minutes`
    if (left.textContent !== words) left.textContent = words
    say(minutes)
  }
  show()
  setInterval(show, 1000)
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// Passkeys: asks the browser, puts its answer into the form, sends the form like any other. Without this file (or in a
// browser that has no passkeys) the form stays hidden and the page says what else there is.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }))

async function make(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials)
  }
  const made = await navigator.credentials.create({ publicKey })
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject)
    }
  }
}

async function show(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: known(options.allowCredentials)
  }
  const shown = await navigator.credentials.get({ publicKey })
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response
  return {
    id: shown.id,
    rawId: text(shown.rawId),
    type: shown.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null
    }
  }
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.hidden = false
  document.getElementById(form.dataset.instead)?.setAttribute('hidden', '')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const problem = form.querySelector('[data-problem]')
    problem.hidden = true
    try {
      const options = JSON.parse(form.dataset.options)
      const answer = await (form.dataset.passkey === 'make' ? make(options) : show(options))
      form.elements.answer.value = JSON.stringify(answer)
      form.submit()
    } catch (error) {
      problem.textContent =
        error.name === 'InvalidStateError'
          ? 'This device has a passkey for your account already.'
          : 'Nothing was sent: your device did not finish. Try again, or use another way.'
      problem.hidden = false
    }
  })
}

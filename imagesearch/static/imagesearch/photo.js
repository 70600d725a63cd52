// Search by photo: a file that is chosen, dropped or pasted, or a picture of the camera, cut to what is meant.
// What is sent is the cut alone; the form works without any of this.

const LONGEST = 1024, THUMB = 160, LEAST = 0.1, STEP = 0.03, QUALITY = 0.9
const SHOWN = "photo-shown"

const one = (name) => document.querySelector(`[data-photo-${name}]`)

showLast()
const form = one("form")
if (form) take(form)

function showLast() {
  const shown = one("shown")
  const kept = shown && sessionStorage.getItem(SHOWN)
  if (!kept) return
  shown.src = kept
  shown.hidden = false
}

function take(form) {
  const file = form.querySelector("input[type=file]")
  const [drop, said, crop, again, live] = ["drop", "said", "crop", "again", "live"].map(one)
  const frame = cutting(one("frame"), one("canvas"), one("cut"), one("grip"))
  const camera = filming(live, one("video"))
  let ready = false

  const say = (text) => { said.textContent = text }
  const show = (picture) => {
    frame.show(picture)
    ready = true
    file.required = false
    drop.hidden = true
    crop.hidden = again.hidden = false
    say("")
    one("cut").focus()
  }
  const read = async (blob) => {
    if (!blob) return
    try {
      show(await createImageBitmap(blob, { imageOrientation: "from-image" }))
    } catch {
      say("This file cannot be shown here. Choose a JPEG, PNG, WebP or GIF.")
    }
  }
  const restart = () => {
    ready = false
    file.required = true
    file.value = ""
    drop.hidden = false
    crop.hidden = again.hidden = true
    file.focus()
  }

  file.addEventListener("change", () => read(file.files[0]))
  again.addEventListener("click", restart)
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault()
      drop.toggleAttribute("data-over", kind === "dragover")
      if (kind === "drop") read(event.dataTransfer.files[0])
    })
  }
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"))
    if (pasted) read(pasted)
  })

  one("camera").addEventListener("click", async () => {
    const problem = await camera.start()
    say(problem)
    drop.hidden = !problem
  })
  one("turn").addEventListener("click", async () => say(await camera.turn()))
  one("stop").addEventListener("click", () => { camera.stop(); drop.hidden = false })
  one("shoot").addEventListener("click", () => {
    const picture = camera.shoot()
    camera.stop()
    if (picture) show(picture)
  })
  addEventListener("pagehide", camera.stop)

  form.addEventListener("submit", async (event) => {
    if (!ready) return
    event.preventDefault()
    form.toggleAttribute("data-sending", true)
    say("Looking…")
    const cut = frame.cut(LONGEST)
    sessionStorage.setItem(SHOWN, frame.cut(THUMB).toDataURL("image/jpeg", QUALITY))
    const blob = await new Promise((done) => cut.toBlob(done, "image/jpeg", QUALITY))
    const chosen = new DataTransfer()
    chosen.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }))
    file.files = chosen.files
    form.submit()
  })
  addEventListener("pageshow", () => form.removeAttribute("data-sending"))
}

// A frame on a picture, moved and stretched by pointer and keys. Places are shares of the picture's sides.
function cutting(frame, canvas, cut, grip) {
  let place = { x: 0, y: 0, w: 1, h: 1 }
  let picture = null

  const within = (value, low, high) => Math.min(Math.max(value, low), high)
  const put = (next) => {
    const w = within(next.w, LEAST, 1), h = within(next.h, LEAST, 1)
    place = { w, h, x: within(next.x, 0, 1 - w), y: within(next.y, 0, 1 - h) }
    cut.style.left = `${place.x * 100}%`
    cut.style.top = `${place.y * 100}%`
    cut.style.right = `${(1 - place.x - w) * 100}%`
    cut.style.bottom = `${(1 - place.y - h) * 100}%`
  }

  frame.addEventListener("pointerdown", (event) => {
    if (event.target === canvas) return
    event.preventDefault()
    cut.focus()
    const stretches = event.target === grip
    const box = frame.getBoundingClientRect()
    const from = { ...place, left: event.clientX, top: event.clientY }
    const move = (moved) => {
      const x = (moved.clientX - from.left) / box.width, y = (moved.clientY - from.top) / box.height
      put(stretches ? { ...from, w: within(from.w + x, LEAST, 1 - from.x), h: within(from.h + y, LEAST, 1 - from.y) }
        : { ...from, x: from.x + x, y: from.y + y })
    }
    const done = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", done)
      removeEventListener("pointercancel", done)
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", done)
    addEventListener("pointercancel", done)
  })

  cut.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!way) return
    event.preventDefault()
    const [x, y] = way.map((part) => part * STEP)
    put(event.shiftKey ? { ...place, w: place.w + x, h: place.h + y } : { ...place, x: place.x + x, y: place.y + y })
  })

  return {
    show(shown) {
      picture = shown
      const scale = Math.min(1, LONGEST / Math.max(shown.width, shown.height))
      canvas.width = Math.max(1, Math.round(shown.width * scale))
      canvas.height = Math.max(1, Math.round(shown.height * scale))
      canvas.getContext("2d").drawImage(shown, 0, 0, canvas.width, canvas.height)
      put({ x: 0, y: 0, w: 1, h: 1 })
    },
    cut(longest) {
      const w = place.w * picture.width, h = place.h * picture.height
      const scale = Math.min(1, longest / Math.max(w, h))
      const made = document.createElement("canvas")
      made.width = Math.max(1, Math.round(w * scale))
      made.height = Math.max(1, Math.round(h * scale))
      const drawn = made.getContext("2d")
      drawn.fillStyle = "#fff"
      drawn.fillRect(0, 0, made.width, made.height)
      drawn.drawImage(picture, place.x * picture.width, place.y * picture.height, w, h, 0, 0, made.width, made.height)
      return made
    },
  }
}

// The camera: each of these says what is wrong, or nothing.
function filming(live, video) {
  let stream = null, facing = "environment"

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop())
    stream = null
    live.hidden = true
  }
  const start = async () => {
    stop()
    if (!navigator.mediaDevices?.getUserMedia) return "This browser gives no camera to pages. Choose a file instead."
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: { ideal: 1280 } } })
    } catch (error) {
      return error.name === "NotAllowedError"
        ? "The camera was not allowed. Allow it in your browser's settings for this page, or choose a file instead."
        : "There is no camera here that we could use. Choose a file instead."
    }
    video.srcObject = stream
    live.hidden = false
    await video.play()
    return ""
  }
  return {
    start,
    stop,
    turn() {
      facing = facing === "environment" ? "user" : "environment"
      return start()
    },
    shoot() {
      if (!video.videoWidth) return null
      const picture = document.createElement("canvas")
      picture.width = video.videoWidth
      picture.height = video.videoHeight
      picture.getContext("2d").drawImage(video, 0, 0)
      return picture
    },
  }
}

import { join } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import { tanstackStart } from '@tanstack/react-start/plugin/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  resolve: { alias: { '~': join(import.meta.dirname, 'src') } },
  // What is known to be large is the framework, which every screen needs.
  build: { sourcemap: false, chunkSizeWarningLimit: 700 },
  // One file without a node_modules behind it: a third of the memory.
  ssr: { noExternal: true },
  plugins: [tailwindcss(), tanstackStart({ router: { quoteStyle: 'single', semicolons: false } }), react()],
})

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development, `npm run dev` shows a running centre: MINGYUE_URL=http://127.0.0.1:PORT npm run dev
const centre = process.env.MINGYUE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../build/web",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy lets nothing in that is not a file of its own; small pictures may be data.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        // What every screen needs, in pieces that stay the same when a screen changes.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/, priority: 3 },
            { name: "antd", test: /node_modules[\\/](antd|@ant-design|@rc-component|@emotion|rc-|dayjs)/, priority: 2, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": centre, "/metrics": centre } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});

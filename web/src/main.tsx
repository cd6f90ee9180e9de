import "./i18n";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./Console";
import { fetchAhead } from "./screens/registry";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";

fetchAhead(location.pathname);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);

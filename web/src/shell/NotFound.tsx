import { Button } from "antd";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { Nothing } from "../states/Shown";
import { useShellWords } from "./words";

export function NotFound(): ReactNode {
  const t = useShellWords();
  const navigate = useNavigate();
  return <Nothing action={<Button onClick={() => void navigate("/")}>{t("home")}</Button>}>{t("notFound")}</Nothing>;
}

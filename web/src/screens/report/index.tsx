import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import { ask } from "../../api/client";
import type { Language } from "../../i18n";
import { useLanguage } from "../../i18n/words";
import { Loading, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useReportsWords } from "../reports/words";
import "./report.css";

/** A report has both languages, and a switch that needs no script: it is set to the reader's. */
function inLanguage(text: string, language: Language): string {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const choice of page.querySelectorAll<HTMLInputElement>("input[name=language]")) choice.toggleAttribute("checked", choice.value === language);
  page.documentElement.lang = language;
  return `<!DOCTYPE html>${page.documentElement.outerHTML}`;
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The page of the report within this one. It is another's page: it runs no script, and knows nothing of this one. */
function Page({ name, text }: { name: string; text: string }): ReactNode {
  const language = useLanguage();
  const page = useMemo(() => inLanguage(text, language), [text, language]);
  return <iframe className="report" title={name} sandbox="" srcDoc={page} />;
}

/** One report of the twin. */
export default function Report(): ReactNode {
  const t = useReportsWords();
  const { name = "" } = useParams();
  const query = useQuery({
    queryKey: ["report", name], staleTime: 600_000,
    // With the token in a header, as everything else: an address has none.
    queryFn: async ({ signal }) => (await ask(`/v1/reports/${encodeURIComponent(name)}`, { signal })).text(),
  });
  return (
    <>
      <ScreenHead title={name} below={<Link to="/reports">{t("all")}</Link>}
        actions={<Button icon={<DownloadOutlined aria-hidden />} disabled={query.data === undefined} onClick={() => query.data !== undefined && save(name, query.data)}>{t("save")}</Button>} />
      <Shown query={query} loading={<Panel title={name}><Loading lines={8} /></Panel>}>{(text) => <Page name={name} text={text} />}</Shown>
    </>
  );
}

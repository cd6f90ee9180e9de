import { Modal } from "antd";
import type { ReactNode } from "react";
import { screens } from "../screens/registry";
import { useCommonWords } from "../i18n/common";
import { useShellWords } from "./words";

function Keys({ keys }: { keys: string[] }): ReactNode {
  return <>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</>;
}

export function Help({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const t = useShellWords();
  const c = useCommonWords();
  const rows: [string[], string][] = [
    ...screens.filter((screen) => screen.key).map((screen): [string[], string] => [["g", screen.key!], t("keys.shortcut", { name: t(`nav.${screen.name}`) })]),
    [["/"], t("keys.search")],
    [["↑", "↓", "j", "k"], t("keys.table")],
    [["Enter"], t("keys.open")],
    [["t"], t("keys.theme")],
    [["l"], t("keys.language")],
    [["?"], t("keys.help")],
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("keys.title")} width={440} closable={{ "aria-label": c("close") }}>
      <dl className="help-keys">
        {rows.map(([keys, what]) => <div key={what}><dt><Keys keys={keys} /></dt><dd>{what}</dd></div>)}
      </dl>
    </Modal>
  );
}

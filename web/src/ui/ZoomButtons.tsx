import { CompressOutlined, MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useUiWords } from "./words";

export function ZoomButtons({ onZoom, onWhole }: { onZoom: (factor: number) => void; onWhole: () => void }): ReactNode {
  const t = useUiWords();
  return (
    <div className="zoom-buttons">
      <Button icon={<MinusOutlined aria-hidden />} aria-label={t("zoomOut")} title={`${t("zoomOut")} (−)`} onClick={() => onZoom(1 / 1.5)} />
      <Button icon={<CompressOutlined aria-hidden />} aria-label={t("whole")} title={`${t("whole")} (0)`} onClick={onWhole} />
      <Button icon={<PlusOutlined aria-hidden />} aria-label={t("zoomIn")} title={`${t("zoomIn")} (+)`} onClick={() => onZoom(1.5)} />
    </div>
  );
}

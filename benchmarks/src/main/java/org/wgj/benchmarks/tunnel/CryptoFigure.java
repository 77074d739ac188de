// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

/** The cost of a packet on one core, without any system call. */
enum CryptoFigure implements ReportRow {
    SEAL_1440("seal1440", "seal 1,440 B", "ns/packet"),
    OPEN_1440("open1440", "open 1,440 B", "ns/packet"),
    SEAL_64("seal64", "seal 64 B", "ns/packet"),
    OPEN_64("open64", "open 64 B", "ns/packet"),
    ALLOCATED("allocated", "allocated from device to device, 1,440 B", "B/packet");

    private final Text text;

    CryptoFigure(String key, String title, String unit) {
        text = new Text(key, title, unit, false);
    }

    @Override
    public Text text() {
        return text;
    }
}

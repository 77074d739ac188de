// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.device.Device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Changes a device without sockets by the editor that tunnels use. */
public final class DeviceEdits {
    private DeviceEdits() {}

    /** Applies a change; returns what a tunnel would tell. */
    public static List<TunnelEvent> apply(Device device, TunnelChange change, long nowNs) {
        try (DeviceEditor editor = new DeviceEditor(device, (port, mark) -> {})) {
            change.apply(editor);
            return editor.commit(nowNs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

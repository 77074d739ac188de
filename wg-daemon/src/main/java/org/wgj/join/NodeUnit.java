// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.NodeFolder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The unit of systemd that runs the node: {@value #NAME}. */
final class NodeUnit {
    static final String NAME = "wgj-node.service";

    private static final Path FOLDER = Path.of("/etc/systemd/system");
    private static final int TIMEOUT_S = 90;

    private NodeUnit() {}

    /** Returns whether systemd runs this machine, sd_booted(3), and this user may add units. */
    static boolean isPossible() {
        return Files.isDirectory(Path.of("/run/systemd/system")) && Files.isWritable(FOLDER);
    }

    static boolean isInstalled() {
        return Files.exists(FOLDER.resolve(NAME));
    }

    /**
     * Installs the unit and starts it.
     *
     * @param launcher the absolute path of {@code wgj}
     * @throws IOException if systemctl fails; it has printed why
     */
    static void install(String launcher, NodeFolder folder) throws IOException {
        Path unit = FOLDER.resolve(NAME);
        String text = text(launcher, folder.path().getParent());
        if (!Files.exists(unit) || !Files.readString(unit).equals(text)) {
            write(unit, text);
            systemctl("daemon-reload");
        }
        systemctl("enable", NAME);
        systemctl("restart", NAME);
    }

    /** Replaces a file, which others may read; if that fails, nothing is left beside it. */
    static void write(Path unit, String text) throws IOException {
        Path temporary = unit.resolveSibling(unit.getFileName() + ".new");
        try {
            Files.writeString(temporary, text);
            Files.move(
                    temporary,
                    unit,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Stops and deletes the unit, if it is there. */
    static void remove() throws IOException {
        if (isInstalled()) {
            systemctl("disable", "--now", NAME);
            Files.deleteIfExists(FOLDER.resolve(NAME));
            systemctl("daemon-reload");
        }
    }

    private static void systemctl(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("systemctl", "--quiet"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroy();
                throw new IOException(String.join(" ", command) + " failed: " + told.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    static String text(String launcher, Path state) {
        return """
        # SPDX-License-Identifier: Apache-2.0
        # Written by wgj join; wgj leave deletes it. Changes belong in a drop-in: systemctl edit wgj-node
        [Unit]
        Description=Node of a WireGuard mesh (wgj)
        Documentation=man:wgj-join(1)
        After=network-online.target nss-lookup.target
        Wants=network-online.target

        [Service]
        Type=notify
        ExecStart=%s mesh up --state %s
        Restart=on-failure
        RestartSec=5
        RestartPreventExitStatus=%d %d
        SuccessExitStatus=143
        TimeoutStopSec=30
        RuntimeDirectory=wireguard
        RuntimeDirectoryMode=0700
        RuntimeDirectoryPreserve=yes
        UMask=0077
        CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE
        DevicePolicy=closed
        DeviceAllow=/dev/net/tun rw
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        ProtectSystem=strict
        ReadWritePaths=%s -/etc/hosts
        NoNewPrivileges=yes
        LockPersonality=yes
        PrivateTmp=yes
        ProtectHome=read-only
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectProc=invisible
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        SystemCallErrorNumber=EPERM
        LimitCORE=0

        [Install]
        WantedBy=multi-user.target
        """
                .formatted(
                        escaped(launcher),
                        escaped(state.toString()),
                        NodeService.REMOVED,
                        FinalException.EXIT_CODE,
                        escaped(state.toString()));
    }

    /** Escapes what systemd would expand or split (systemd.service(5), systemd.syntax(7)). */
    private static String escaped(String path) {
        String text = path.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
        text = text.replace("$", "$$");
        return text.chars().anyMatch(Character::isWhitespace) ? '"' + text + '"' : text;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.show.ShowConf;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.config.Denied;
import org.wgj.tunnel.config.OwnerFile;
import org.wgj.tunnel.config.QuickConfig;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Saves the present configuration of an interface as {@code wg-quick save} does: the interface's
 * settings, and from the earlier file those that the interface does not have.
 *
 * <p>The file is replaced as a whole, and only its owner can ever read it.
 */
final class SavedConfig {
    private final String interfaceName;
    private final RtNetlink net;
    private final Output output;

    SavedConfig(String interfaceName, RtNetlink net, Output output) {
        this.interfaceName = interfaceName;
        this.net = net;
        this.output = output;
    }

    void write(Path file, QuickConfig quick) throws IOException {
        StatusWithKeys present = UapiClient.of(interfaceName).statusWithKeys();
        try {
            output.step("wg showconf " + interfaceName);
            replace(file, text(ShowConf.of(present), present(quick)));
        } finally {
            present.wipe();
        }
    }

    /** Puts the lines of wg-quick first in the section. */
    static String text(String showConf, QuickConfig quick) {
        String heading = "[Interface]\n";
        String lines = String.join("\n", QuickConfigText.lines(quick)) + "\n";
        return heading + (lines.isBlank() ? "" : lines) + showConf.substring(heading.length());
    }

    /**
     * Returns the settings with the present addresses and, if the file has one, the present MTU.
     */
    private QuickConfig present(QuickConfig quick) throws IOException {
        List<Cidr> addresses = new ArrayList<>(net.addresses(interfaceName));
        // Linux gives a TUN a link-local address by itself.
        addresses.removeIf(
                address ->
                        address.address().isLinkLocalAddress()
                                && !address.isIpv4()
                                && !quick.addresses().contains(address));
        OptionalInt mtu =
                quick.mtu().isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(net.link(interfaceName).mtu());
        return new QuickConfig(
                addresses,
                quick.dnsServers(),
                quick.dnsSearch(),
                mtu,
                quick.table(),
                quick.preUp(),
                quick.postUp(),
                quick.preDown(),
                quick.postDown(),
                quick.saveConfig());
    }

    /** Replaces a file atomically, also if the machine stops. Only its owner can ever read it. */
    static void replace(Path file, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            OwnerFile.replace(file, bytes);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + reason(file, e), e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static String reason(Path file, IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> Denied.replacing(file);
            case NoSuchFileException _ -> "no such directory";
            case FileSystemException failure -> failure.getReason();
            default -> e.getMessage(); // a failed write, such as "No space left on device"
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.fuzz.FuzzInput;
import org.wgj.request.SetRequests;
import org.wgj.show.ShowConf;
import org.wgj.tunnel.MemoryDevice;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.config.ConfigBytes;
import org.wgj.tunnel.config.ConfigException;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.uapi.ConfigCommands;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fuzzes configuration files. A refused file is reported with its line and without its keys. For an
 * accepted file, wg understands the output of {@code strip} as the same, and what SaveConfig writes
 * reads as the same again.
 */
public final class ConfigFileFuzz {
    private static final Pattern LIKE_A_KEY = Pattern.compile("[A-Za-z0-9+/]{25,}=*");

    private static final List<String> LINES =
            List.of(
                    "[Interface]",
                    "[Peer]",
                    "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
                    "PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
                    "PublicKey = TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
                    "PresharedKey = gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=",
                    "ListenPort = 51820",
                    "FwMark = 0xca6c # mark",
                    "Endpoint = 192.0.2.1:51820",
                    "Endpoint = [2001:db8::1]:1",
                    "AllowedIPs = 10.0.0.0/8, fd00::/64",
                    "AllowedIPs = 10.1.2.3/16,+::/0,-10.0.0.0/8",
                    "PersistentKeepalive = off",
                    "Address = 10.0.0.1/24, fd00::1/64",
                    "DNS = 192.0.2.53, example.com",
                    "MTU = 1400",
                    "Table = 1234",
                    "PostUp = echo %i # up",
                    "PreDown = true",
                    "SaveConfig = true");

    private ConfigFileFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        byte[] text = text(new FuzzInput(data)).getBytes(StandardCharsets.ISO_8859_1);
        attempt(text, false);
        ConfigFile file = attempt(text, true);
        if (file == null) {
            return;
        }
        try {
            DeviceConfig stripped = ConfigBytes.parse(ConfigBytes.strip(text), false).device();
            check(sameButLines(file.device(), stripped), "stripped it is another configuration");
        } catch (ConfigException e) {
            throw new AssertionError("stripped it is refused", e);
        }
        StatusWithKeys status = interfaceOf(file.device());
        if (status == null) {
            return; // a name is not looked up here
        }
        String saved = SavedConfig.text(ShowConf.of(status), file.quick());
        try {
            ConfigFile again = ConfigBytes.parse(saved.getBytes(StandardCharsets.UTF_8), true);
            check(again.quick().equals(file.quick()), "saved, wg-quick's half is another");
            StatusWithKeys same = interfaceOf(again.device());
            check(same != null && same.equals(status), "saved, it makes another interface");
        } catch (ConfigException e) {
            throw new AssertionError("what was saved is refused", e);
        }
    }

    /** Makes meaningful lines and lines of any bytes, one perhaps with a changed byte. */
    private static String text(FuzzInput in) {
        StringBuilder text = new StringBuilder();
        while (in.hasMore() && text.length() < 8000) {
            int which = in.below(LINES.size() + 4);
            String line =
                    which < LINES.size()
                            ? LINES.get(which)
                            : new String(in.shortBytes(), StandardCharsets.ISO_8859_1);
            if (which == LINES.size()) {
                String known = LINES.get(in.below(LINES.size()));
                line = known.substring(0, known.indexOf('=') + 1) + line;
            }
            text.append(line);
            if (in.below(6) == 0) {
                text.append(' ');
                text.setCharAt(in.longNumber() % text.length(), (char) in.number());
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static ConfigFile attempt(byte[] text, boolean quick) {
        try {
            return ConfigBytes.parse(text, quick);
        } catch (ConfigException e) {
            check(e.line() > 0, "it does not say in which line");
            Matcher keys = LIKE_A_KEY.matcher(new String(text, StandardCharsets.ISO_8859_1));
            while (keys.find()) {
                check(!e.getMessage().contains(keys.group()), "it tells a key");
            }
            return null;
        }
    }

    private static boolean sameButLines(DeviceConfig one, DeviceConfig other) {
        return withoutLines(one).equals(withoutLines(other));
    }

    private static DeviceConfig withoutLines(DeviceConfig config) {
        List<PeerConfig> peers =
                config.peers().stream()
                        .map(
                                peer ->
                                        new PeerConfig(
                                                0,
                                                peer.publicKey(),
                                                peer.presharedKey(),
                                                peer.endpoint(),
                                                peer.persistentKeepalive(),
                                                peer.allowedIps()))
                        .toList();
        return new DeviceConfig(config.privateKey(), config.listenPort(), config.fwmark(), peers);
    }

    /** Returns the state of an interface with these settings; null if they are refused. */
    private static StatusWithKeys interfaceOf(DeviceConfig config) {
        MemoryDevice device = new MemoryDevice();
        try {
            ConfigCommands.apply(device, SetRequests.setconf(config, ConfigFileFuzz::literal));
        } catch (IOException e) {
            return null;
        }
        return device.statusWithKeysNow();
    }

    private static InetSocketAddress literal(HostPort endpoint) throws IOException {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(endpoint.host()), endpoint.port());
        } catch (IllegalArgumentException e) {
            throw new IOException("a name", e);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

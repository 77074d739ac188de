// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.tunnel.config.DeviceConfig;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A file of wg-quick in the folder of a mesh.
 *
 * @param label what reports call it: its path in the folder
 * @param node what its machine is called; the files of one machine have the same
 * @param contentOrNull its content; null if it is wrong or unreadable
 * @param problemOrNull what is wrong with it; null if it is right, or could not be read at all
 * @param openToAll whether every user can read it
 * @param rulesetOrNull the firewall's rules of the machine as a file of nft; null if there is none
 */
public record MeshFile(
        String label,
        String node,
        Content contentOrNull,
        String problemOrNull,
        boolean openToAll,
        String rulesetOrNull) {
    public MeshFile {
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(node, "node");
    }

    /**
     * The values of a correct file.
     *
     * @param interfaceName the interface's name
     * @param device what {@code wg} reads; its owner wipes the keys
     * @param addresses of the interface
     * @param mtu in bytes; empty if it is computed
     * @param makesRoutes whether the allowed IPs become routes of the system
     * @param hooks the commands, each with its key, such as {@code PostUp = true}
     */
    public record Content(
            String interfaceName,
            DeviceConfig device,
            List<Address> addresses,
            OptionalInt mtu,
            boolean makesRoutes,
            List<String> hooks) {
        public Content {
            addresses = List.copyOf(addresses);
            hooks = List.copyOf(hooks);
        }
    }

    /**
     * An address of an interface.
     *
     * @param address the address itself
     * @param length the length of its network's prefix
     */
    public record Address(InetAddress address, int length) {}
}

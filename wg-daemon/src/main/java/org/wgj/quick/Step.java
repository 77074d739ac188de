// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.QuickConfig;

import java.nio.file.Path;

/**
 * Something that {@code up} does outside of the interface itself, with all it takes to undo it.
 * Addresses and routes go away with the interface; they are steps where a reload has to know them.
 */
sealed interface Step {
    /**
     * What the interface is brought up from, whatever becomes of the file meanwhile.
     *
     * @param file where the configuration is saved
     */
    record From(Path file, QuickConfig quick) implements Step {}

    /**
     * Hooks begin to run.
     *
     * @param post PostUp, else PreUp
     */
    record Hooks(boolean post) implements Step {}

    /** The interface is being made. */
    record Link() implements Step {}

    /**
     * The interface is there.
     *
     * @param index the kernel's number for it, by which another of that name is told apart
     */
    record LinkMade(int index) implements Step {}

    /** An address of the interface, set or taken away. */
    record Address(boolean added, Cidr address) implements Step {}

    /** A route through the interface, set or taken away. */
    record AllowedRoute(boolean added, Cidr destination, int table) implements Step {}

    /**
     * All packets of a family sent through the interface, or no more.
     *
     * @param table of the route, and the mark that its rule heeds
     */
    record DefaultRoute(boolean added, boolean ipv4, int table) implements Step {}

    /** The mark of the interface's datagrams, chosen because the file names none. */
    record Mark(int mark) implements Step {}

    /**
     * A routing rule, set or taken away.
     *
     * @param ownTable the table with the default route that it belongs to
     */
    record RoutingRule(boolean added, Rule rule, int ownTable) implements Step {}

    /** The kernel is told to heed marks when it checks source addresses. */
    record ValidMark() implements Step {}

    /**
     * Packet filter rules of one family.
     *
     * @param nft made by nft, else by iptables-restore
     */
    record Firewall(boolean nft, boolean ipv4) implements Step {}

    /**
     * Name servers, through the program resolvconf.
     *
     * @param record the name that they are kept under
     */
    record Resolvconf(String record) implements Step {}

    /**
     * Name servers, through the file.
     *
     * @param before the text the file had, or the target of a symbolic link; null when there was
     *     none
     * @param link whether it was a symbolic link
     * @param written the text that was written
     */
    record ResolvConfFile(String before, boolean link, String written) implements Step {}

    /** All is done. */
    record Complete() implements Step {}
}

// SPDX-License-Identifier: Apache-2.0
/** TUN devices and rtnetlink on Linux through JNA, and a TUN in memory. */
module org.wgj.tun {
    requires com.sun.jna;

    exports org.wgj.tun;
    exports org.wgj.tun.linux;
}

// SPDX-License-Identifier: Apache-2.0
/* What of a hart's instruction set a guest of riscv64 is told of. */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -I$(root)/arch/riscv64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/riscv64/include/asm/vcpu.h"
#include "../../arch/riscv64/include/asm/vm.h"
#include <asm/csr.h>
#include <lodge/string.h>

/* Of the host: arch/riscv64/include/asm/cpu.h */
static bool riscv_has_fp, riscv_has_sstc;
static const char *riscv_isa;
static bool riscv_isa_has(const char *ext);
static int riscv_cpu_node(const void *fdt);

/* vsatp takes these modes alone, and keeps what it has if it is to have another. */
static u64 modes;
#undef csr_write
#define csr_write(csr, v) write_vsatp(csr, v)
static void write_vsatp(unsigned int csr, u64 v);

#include "../../arch/riscv64/virt/guest_isa.c"
#include <shim.h>

u64 shim_csr[0x1000];
static u8 host_tree[4096], guest_tree[4096];

static void write_vsatp(unsigned int csr, u64 v)
{
	assert_int_equal(csr, CSR_VSATP);
	if (modes >> (v >> ATP_MODE_SHIFT) & 1)
		shim_csr[csr] = v;
}

static bool riscv_isa_has(const char *ext)
{
	assert_string_equal(ext, "v");
	return riscv_isa[4 + strcspn(riscv_isa + 4, "v_")] == 'v';
}

static int riscv_cpu_node(const void *fdt)
{
	return fdt_find_path(fdt, "/cpu");
}

const void *host_fdt(void)
{
	return host_tree;
}

static int fresh(void **state)
{
	isa[0] = '\0';
	riscv_has_fp = riscv_has_sstc = true;
	memset(shim_csr, 0, sizeof(shim_csr));
	return 0;
}

static const char *told(const char *host)
{
	isa[0] = '\0';
	riscv_isa = host;
	return arch_guest_isa();
}

static void letters_are_those_that_are_switched(void **state)
{
	assert_string_equal(told("rv64imafdch"), "rv64imafdc");
	assert_string_equal(told("rv64imafdcbpqvhsu"), "rv64imafdcv");
	assert_string_equal(told("rv64gch_zicsr"), "rv64imafdc_zicsr");
	riscv_has_fp = false;
	assert_string_equal(told("rv64imafdch"), "rv64imac");
	assert_string_equal(told("rv64gc"), "rv64imac");
}

static void names_are_an_allow_list(void **state)
{
	/* Of a hypervisor, of state that is not switched, of nobody. */
	assert_string_equal(
		told("rv64imac_zba_smaia_ssaia_smstateen_ssctr_zcmt_shcounterenw_xwhat_zbb"),
		"rv64imac_zba_zbb");
	/* Whole names only. */
	assert_string_equal(told("rv64imac_zb_zbaa_zba_zb"), "rv64imac_zba");
	assert_string_equal(told("rv64imac__zba_"), "rv64imac_zba");
}

static void some_depend_on_the_host(void **state)
{
	static const char all[] = "rv64imac_sstc_svadu_svade_svpbmt";

	assert_string_equal(told(all), "rv64imac_sstc_svade");
	shim_csr[CSR_HENVCFG] = HENVCFG_ADUE | HENVCFG_PBMTE;
	assert_string_equal(told(all), "rv64imac_sstc_svadu_svpbmt");
	riscv_has_sstc = false;
	assert_string_equal(told(all), "rv64imac_svadu_svpbmt");
}

static void parts_of_others_go_with_them(void **state)
{
	assert_string_equal(told("rv64imafdcv_zvbb_zve64x_zvkt"), "rv64imafdcv_zvbb_zve64x_zvkt");
	assert_string_equal(told("rv64imafdc_zvbb_zve64x_zvkt"), "rv64imafdc");
	assert_string_equal(told("rv64imafdc_zfh_zfa_zcd_zca"), "rv64imafdc_zfh_zfa_zcd_zca");
	riscv_has_fp = false;
	assert_string_equal(told("rv64imafdc_zfh_zfa_zcd_zca"), "rv64imac_zca");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	static char host[2048];
	unsigned int i;
	const char *p;

	strcpy(host, "rv64imac");
	for (i = 0; i < 100; i++)
		strcat(host, "_zihintpause");
	strcat(host, "_zba");
	p = told(host);
	assert_true(strlen(p) < sizeof(isa));
	assert_true(strlen(p) > sizeof(isa) - 20);
	for (p += strlen("rv64imac"); *p; p += strlen("_zihintpause")) {
		if (!strcmp(p, "_zba"))
			break;
		assert_true(!strncmp(p, "_zihintpause", strlen("_zihintpause")));
	}
}

/* ---- the tree ---- */

static void write_host(bool list)
{
	struct fdt_writer w;

	fdtw_begin(&w, host_tree, sizeof(host_tree));
	fdtw_node(&w, "");
	fdtw_node(&w, "cpu");
	fdtw_u32(&w, "riscv,cbom-block-size", 64);
	fdtw_u32(&w, "riscv,cboz-block-size", 32);
	if (list)
		fdtw_string(&w, "riscv,isa-extensions", "i");
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
}

static int guest_node(void)
{
	struct fdt_writer w;

	fdtw_begin(&w, guest_tree, sizeof(guest_tree));
	fdtw_node(&w, "");
	arch_guest_fdt_isa(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	return fdt_find_path(guest_tree, "/");
}

static void the_list_has_the_same_names(void **state)
{
	static const char list[] = "i\0m\0a\0c\0zba\0zbb";
	const char *p;
	int node;
	u32 val, len;

	told("rv64imac_zba_ssaia_zbb");
	write_host(true);
	node = guest_node();
	assert_int_equal(fdt_prop_u32(guest_tree, node, "riscv,cbom-block-size", &val), 0);
	assert_int_equal(val, 64);
	assert_int_equal(fdt_prop_u32(guest_tree, node, "riscv,cboz-block-size", &val), 0);
	assert_int_equal(val, 32);
	assert_true(fdt_prop_u32(guest_tree, node, "riscv,cbop-block-size", &val) != 0);
	assert_string_equal(fdt_prop_string(guest_tree, node, "riscv,isa-base"), "rv64i");
	p = fdt_prop(guest_tree, node, "riscv,isa-extensions", &len);
	assert_non_null(p);
	assert_int_equal(len, sizeof(list));
	assert_memory_equal(p, list, sizeof(list));
	/* Letters alone. */
	told("rv64imac");
	node = guest_node();
	p = fdt_prop(guest_tree, node, "riscv,isa-extensions", &len);
	assert_int_equal(len, 8);
	assert_memory_equal(p, "i\0m\0a\0c", 8);
	/* Where the host has no list, the guest has none. */
	write_host(false);
	node = guest_node();
	assert_null(fdt_prop(guest_tree, node, "riscv,isa-extensions", &len));
}

static void paging_is_what_the_hart_takes(void **state)
{
	static const struct {
		u64 modes;
		const char *name;
	} cases[] = {
		{ BIT(0) | BIT(ATP_MODE_39), "riscv,sv39" },
		{ BIT(0) | BIT(ATP_MODE_39) | BIT(ATP_MODE_48), "riscv,sv48" },
		{ BIT(0) | BIT(ATP_MODE_39) | BIT(ATP_MODE_48) | BIT(ATP_MODE_57), "riscv,sv57" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		modes = cases[i].modes;
		shim_csr[CSR_VSATP] = (u64)ATP_MODE_39 << ATP_MODE_SHIFT | 0x1234;
		assert_string_equal(arch_guest_mmu_type(), cases[i].name);
		assert_true(shim_csr[CSR_VSATP] == ((u64)ATP_MODE_39 << ATP_MODE_SHIFT | 0x1234));
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(letters_are_those_that_are_switched),
		T(names_are_an_allow_list),
		T(some_depend_on_the_host),
		T(parts_of_others_go_with_them),
		T(what_does_not_fit_is_left_out_whole),
		T(the_list_has_the_same_names),
		T(paging_is_what_the_hart_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatApi.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class DetailRemoved : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "DetailRemoved",
                table: "Turns",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "DetailRemoved",
                table: "Turns");
        }
    }
}

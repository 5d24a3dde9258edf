using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatApi.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ChosenModes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "ChosenSeq",
                table: "Sessions",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "ChosenSeq",
                table: "Sessions");
        }
    }
}
